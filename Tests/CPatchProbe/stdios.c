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
        later *writer = after(20, write_lines, writes);                                            \
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

const probe stdio_probes[] = {
    { "streams", 1, streams },
    { "", 0, NULL },
};
