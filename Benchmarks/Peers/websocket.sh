# The part of Benchmarks/compare that measures WebSocket servers; sourced, not run.
# shellcheck shell=bash

# As with TCP echo, a round is of several turns of a second.
readonly websocket_connections=64 websocket_seconds=1 websocket_turns_per_round=4
readonly websocket_message_size=128 websocket_idle_connections=10000
readonly websocket_sides=(swift go python)
readonly websockets_version=17.4 # of Python's
readonly gorilla=/usr/share/gocode/src/github.com/gorilla/websocket

prepare_websocket() {
    [[ -e $gorilla ]] || install golang-github-gorilla-websocket-dev
    say "building the Go peer of WebSocket"
    (cd "$here/Peers/go-websocket" &&
        go build -buildvcs=false -trimpath -o "$peers/websocket-peer" .)
    websockets_python=$(install_python websockets "$websockets_version")
    websocket_echo=$(build_swift Examples websocket-echo)
    allow_descriptors $((websocket_idle_connections + 1000))
}

measure_websocket() {
    local side turn last=$((rounds * websocket_turns_per_round))
    for ((turn = 1; turn <= last; turn++)); do
        say "WebSocket echo, turn $turn of $last: ${websocket_sides[*]}"
        for side in "${websocket_sides[@]}"; do websocket_turn websocket "$turn" "$side" binary; done
    done
    # Some of the servers look whether text is well-formed, and some leave it to their users.
    for ((turn = 1; turn <= rounds; turn++)); do
        say "WebSocket echo of text, round $turn: ${websocket_sides[*]}"
        for side in "${websocket_sides[@]}"; do
            websocket_turn websocket-text "$turn" "$side" text
        done
    done
    for side in "${websocket_sides[@]}"; do websocket_idle "$side"; done
}

# start_websocket SIDE leaves the port in $port.
start_websocket() {
    local command
    port=$(free_port)
    case $1 in
        swift) command=("$websocket_echo" --port "$port" --hubs 1) ;;
        go) command=("$peers/websocket-peer" "$port") ;;
        python) command=("$websockets_python" "$here/Peers/python/websocket_echo.py" "$port") ;;
    esac
    start_server "$1" "$port" "${command[@]}"
}

# websocket_turn PART TURN SIDE text|binary
websocket_turn() {
    local part=$1 turn=$2 side=$3 kind=$4 port before after load
    start_websocket "$side"
    before=$(process_cpu_ns "$server")
    load=$("${on_second_core[@]}" timeout 60 "$peers/websocket-load" "$port" \
        "$websocket_connections" "$websocket_seconds" "$websocket_message_size" "$kind") ||
        die "the $side WebSocket server failed its load: ${load:-no result}"
    after=$(process_cpu_ns "$server")
    stop_server
    printf '{"cpu_ns":%d,"load":%s}\n' $((after - before)) "$load" \
        >"$results/$side.$part.$turn.json"
}

# websocket_idle SIDE: memory that connections take which do nothing any more.
websocket_idle() {
    local port
    say "WebSocket, $websocket_idle_connections idle connections: $1"
    start_websocket "$1"
    measure_idle "$1" websocket "$port" "$websocket_idle_connections"
}
