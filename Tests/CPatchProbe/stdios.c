// Reading through stdio.
#include "transcript.h"

static void write_lines(void *fd)
{
    if (write((int)(intptr_t)fd, "one\ntwo 2\n", 10) != 10)
        abort();
}

static void streams(void)
{
    int ends[2];
    char line[32] = "", *grown = NULL, word[8];
    size_t room = 0;
    int value = 0;
    void *writes;
    pipe(ends);
    writes = (void *)(intptr_t)ends[1];
    FILE *file = fdopen(ends[0], "r");
#define LATER(what, call)                                                                          \
    do {                                                                                           \
        later *writer = when_asleep(write_lines, writes);                                          \
        note_result(what, (long)(call));                                                           \
        finish(writer);                                                                            \
    } while (0)
    LATER("fgets", fgets(line, sizeof line, file) != NULL);
    note("%s", line);
    note_result("getline", getline(&grown, &room, file));
    LATER("getline", getline(&grown, &room, file));
    note_result("getdelim", getdelim(&grown, &room, 'w', file));
    note_result("getc", getc(file));
    note_result("fgetc", fgetc(file));
    note_result("fread", (long)fread(line, 1, 2, file));
    LATER("fread", fread(line, 1, 10, file));
    LATER("fscanf", fscanf(file, "%3s", word));
    note_result("fscanf", fscanf(file, "%*s %d", &value));
    note("2: %d", value);
    note_result("the end of the line", getc_unlocked(file));
    LATER("getc_unlocked", getc_unlocked(file));
    note_result("ungetc", ungetc('x', file));
    note_result("which is there again", getc(file));
    while (getc(file) != '2')
        ;
    getc(file);
    close(ends[1]);
    note_result("the end", fgetc(file));
    note("%d", feof(file));
    note_result("fclose", fclose(file));
    free(grown);
}

/// Those that leave the stream's lock to the caller.
static void unlocked_streams(void)
{
    int ends[2];
    char line[32] = "";
    void *writes;
    pipe(ends);
    writes = (void *)(intptr_t)ends[1];
    FILE *file = fdopen(ends[0], "r");
    LATER("fgets_unlocked", fgets_unlocked(line, sizeof line, file) != NULL);
    note("%s", line);
    note_result("the rest", fgets_unlocked(line, sizeof line, file) != NULL);
    LATER("fread_unlocked", (long)fread_unlocked(line, 1, 10, file));
    LATER("fgetc_unlocked", fgetc_unlocked(file));
    note_result("fread_unlocked", (long)fread_unlocked(line, 3, 3, file));
    LATER("getc_unlocked", getc_unlocked(file));
    while (getc_unlocked(file) != '2')
        ;
    getc_unlocked(file);
    close(ends[1]);
    note_result("the end", fgetc_unlocked(file));
    note_result("of lines", fgets_unlocked(line, sizeof line, file) != NULL);
    note_result("of blocks", (long)fread_unlocked(line, 1, 1, file));
    fclose(file);
}

/// What has no room for a byte waits for none.
static void reading_nothing(void)
{
    int ends[2];
    char line[2] = "x";
    pipe(ends);
    FILE *file = fdopen(ends[0], "r");
    note_result("fread of nothing", (long)fread(line, 1, 0, file));
    note_result("fread of things of no size", (long)fread(line, 0, 1, file));
    note_result("fread_unlocked", (long)fread_unlocked(line, 1, 0, file));
    note_result("fgets without room", fgets(line, 1, file) != NULL);
    note("an empty line: %d", line[0]);
    note_result("fgets_unlocked", fgets_unlocked(line, 1, file) != NULL);
    note("neither the end nor an error: %d %d", feof(file), ferror(file));
    fclose(file);
    close(ends[1]);
}

const probe stdio_probes[] = {
    { "streams", 1, streams },
    { "streams without locks", 1, unlocked_streams },
    { "reading nothing from a stream", 0, reading_nothing },
    { "", 0, NULL },
};
