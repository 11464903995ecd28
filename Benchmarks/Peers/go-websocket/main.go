// The Go side of the WebSocket comparison, with gorilla/websocket:
//
//	websocket-peer PORT     echoes messages on 127.0.0.1:PORT until SIGTERM
//
// It runs with GOMAXPROCS=1, for the reason that ../go/main.go gives.
package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime"

	"github.com/gorilla/websocket"
)

var upgrader websocket.Upgrader

func main() {
	runtime.GOMAXPROCS(1)
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: websocket-peer PORT")
		os.Exit(2)
	}
	fmt.Fprintln(os.Stderr, "websocket-peer:", serve(os.Args[1]))
	os.Exit(1)
}

func serve(port string) error {
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", port))
	if err != nil {
		return err
	}
	return http.Serve(listener, http.HandlerFunc(echo))
}

// echo ends with the connection, whether its peer has closed it or lost it;
// the upgrader answers by itself what is no handshake.
func echo(response http.ResponseWriter, request *http.Request) {
	connection, err := upgrader.Upgrade(response, request, nil)
	if err != nil {
		return
	}
	defer connection.Close()
	for {
		kind, message, err := connection.ReadMessage()
		if err != nil {
			return
		}
		if err := connection.WriteMessage(kind, message); err != nil {
			return
		}
	}
}
