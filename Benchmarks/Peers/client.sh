# The part of Benchmarks/compare that measures HTTP clients; sourced, not run.
# shellcheck shell=bash

# nginx, on the second core, answers; as with TCP echo, a round is of several turns of a second.
readonly client_connections=64 client_seconds=1 client_turns_per_round=4
readonly client_sides=(swift go python)
readonly requests_version=2.32.3 client_eventlet_version=0.41.3 # of Python's

prepare_client() {
    need nginx nginx-light
    [[ -e /usr/include/x86_64-linux-gnu/curl/curl.h || -e /usr/include/curl/curl.h ]] ||
        install libcurl4-openssl-dev
    requests_python=$(install_python eventlet "$client_eventlet_version")
    "$requests_python" -m pip install --quiet --disable-pip-version-check \
        "requests==$requests_version" >&2
    http_load=$(build_swift Examples http-load)
}

measure_client() {
    local side turn last=$((rounds * client_turns_per_round)) port
    port=$(free_port)
    write_nginx_configuration <<END
        listen 127.0.0.1:$port backlog=4096;
        keepalive_requests 1000000000;
        keepalive_timeout 3600s;
        location = /plaintext {
            default_type text/plain;
            return 200 'Hello, World!';
        }
END
    start_answering "$port"
    for ((turn = 1; turn <= last; turn++)); do
        say "HTTP client, turn $turn of $last: ${client_sides[*]}"
        for side in "${client_sides[@]}"; do client_turn "$turn" "$side" "$port"; done
    done
    stop_server
}

# start_answering PORT starts nginx where loads run otherwise.
start_answering() {
    local on_first_core=("${on_second_core[@]}")
    start_server nginx "$1" nginx -e stderr -c "$results/nginx.conf"
}

# client_turn TURN SIDE PORT: each prints its own processor time, from when it has its connections.
client_turn() {
    local turn=$1 side=$2 url=http://127.0.0.1:$3/plaintext command load
    case $side in
        swift) command=("$http_load" --connections "$client_connections" --seconds "$client_seconds" "$url") ;;
        go) command=("$peers/eventlet-peer" client "$url" "$client_connections" "$client_seconds") ;;
        python)
            command=("$requests_python" -W ignore "$here/Peers/python/eventlet_requests.py" \
                "$url" "$client_connections" "$client_seconds")
            ;;
    esac
    load=$("${on_first_core[@]}" timeout 60 "${command[@]}") ||
        die "the $side client failed: ${load:-no result}"
    printf '%s\n' "$load" >"$results/$side.client.$turn.json"
}
