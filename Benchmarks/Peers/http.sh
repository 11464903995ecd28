# The part of Benchmarks/compare that measures HTTP servers; sourced, not run.
# shellcheck shell=bash

# As with TCP echo, a round is of several turns of a second.
readonly http_connections=64 http_seconds=1 http_turns_per_round=4 http_pipelined=16
readonly http_many_connections=512 http_many_turns_per_round=2 http_idle_connections=10000
readonly http_sides=(c swift go nginx hummingbird eventlet)
readonly eventlet_version=0.41.3 # of Python's

prepare_http() {
    need wrk wrk
    need nginx nginx-light
    eventlet_python=$(install_python eventlet "$eventlet_version")
    hummingbird=$(build_hummingbird)
    hello=$(build_swift Examples hello)
    allow_descriptors $((http_idle_connections + 1000))
}

measure_http() {
    local side round
    for side in "${http_sides[@]}"; do http_check "$side"; done
    for ((round = 1; round <= rounds; round++)); do http_round "$round"; done
    for side in "${http_sides[@]}"; do http_idle "$side"; done
}

# build_hummingbird prints the path of the executable.
build_hummingbird() {
    local build=(swift build -c release --package-path "$here/Peers/hummingbird-peer"
        --scratch-path "$peers/hummingbird")
    say "building the Hummingbird peer"
    "${build[@]}" >&2
    echo "$("${build[@]}" --show-bin-path)/hummingbird-peer"
}

# http_command SIDE PORT leaves in $command what starts that server.
http_command() {
    case $1 in
        c) command=("$peers/epoll-http" "$2") ;;
        swift) command=("$hello" --port "$2" --hubs 1) ;;
        go) command=("$peers/eventlet-peer" http "$2") ;;
        nginx)
            write_nginx_configuration <<END
        listen 127.0.0.1:$2 backlog=4096;
        keepalive_requests 1000000000;
        keepalive_timeout 3600s;
        location = /plaintext {
            default_type text/plain;
            return 200 'Hello, World!';
        }
        location = /json {
            default_type application/json;
            return 200 '{"message":"Hello, World!"}';
        }
END
            command=(nginx -e stderr -c "$results/nginx.conf")
            ;;
        hummingbird) command=("$hummingbird" "$2") ;;
        eventlet)
            command=("$eventlet_python" -W ignore "$here/Peers/python/eventlet_wsgi.py" "$2")
            ;;
    esac
}

# http_check SIDE makes sure that it does the same job as the others.
http_check() {
    local side=$1 port command
    port=$(free_port)
    http_command "$side" "$port"
    start_server "$side" "$port" "${command[@]}"
    timeout 60 python3 "$here/Peers/python/check_http.py" "$port" >&2 ||
        die "the $side HTTP server does not do what is to be measured"
    stop_server
}

# http_measure RESULT SIDE PORT PATH CONNECTIONS DEPTH THREADS loads the server
# that is running, and ends it.
http_measure() {
    local result=$1 side=$2 port=$3 path=$4 connections=$5 depth=$6 threads=$7
    local before after load load_cores=("${on_second_core[@]}")
    ((threads == 1)) || load_cores=("${on_both_cores[@]}")

    before=$(process_cpu_ns "$server")
    load=$("${load_cores[@]}" timeout 60 wrk --threads "$threads" --connections "$connections" \
        --duration "${http_seconds}s" --timeout 10s --script "$here/Peers/wrk/http.lua" \
        "http://127.0.0.1:$port$path" -- "$depth") ||
        die "the $side HTTP server failed its load: ${load:-no result}"
    after=$(process_cpu_ns "$server")
    stop_server

    printf '{"cpu_ns":%d,"load":%s}\n' $((after - before)) "${load##*$'\n'}" >"$result"
}

# http_turn PART TURN SIDE PATH CONNECTIONS [DEPTH]
http_turn() {
    local part=$1 turn=$2 side=$3 path=$4 connections=$5 depth=${6:-1} port command
    port=$(free_port)
    http_command "$side" "$port"
    start_server "$side" "$port" "${command[@]}"
    http_measure "$results/$side.$part.$turn.json" \
        "$side" "$port" "$path" "$connections" "$depth" 1
}

# http_hubs_turn TURN: both cores are for the server and the load alike.
http_hubs_turn() {
    local turn=$1 port
    port=$(free_port)
    start_server swift "$port" "${on_both_cores[@]}" "$hello" --port "$port" --hubs 2
    http_measure "$results/swift.http-hubs.$turn.json" \
        swift "$port" /plaintext "$http_connections" 1 2
}

# http_idle SIDE: memory that connections take which do nothing any more.
http_idle() {
    local side=$1 port command
    say "HTTP, $http_idle_connections idle connections: $side"
    port=$(free_port)
    http_command "$side" "$port"
    start_server "$side" "$port" "${command[@]}"
    measure_idle "$side" http "$port" "$http_idle_connections"
}

# http_round ROUND
http_round() {
    local round=$1 side turn last=$(($1 * http_turns_per_round))
    for ((turn = last - http_turns_per_round + 1; turn <= last; turn++)); do
        say "HTTP, turn $turn of $((rounds * http_turns_per_round)): ${http_sides[*]}"
        for side in "${http_sides[@]}"; do
            http_turn http "$turn" "$side" /plaintext "$http_connections"
        done
    done
    http_hubs_turn "$last" # to be compared with the turn before it

    say "HTTP, JSON and pipelined, round $round: ${http_sides[*]}"
    for side in "${http_sides[@]}"; do
        http_turn http-json "$round" "$side" /json "$http_connections"
    done
    for side in "${http_sides[@]}"; do
        http_turn http-pipelined "$round" "$side" /plaintext "$http_connections" "$http_pipelined"
    done

    last=$((round * http_many_turns_per_round))
    for ((turn = last - http_many_turns_per_round + 1; turn <= last; turn++)); do
        say "HTTP, $http_many_connections connections, turn $turn: ${http_sides[*]}"
        for side in "${http_sides[@]}"; do
            http_turn http-many "$turn" "$side" /plaintext "$http_many_connections"
        done
    done
}
