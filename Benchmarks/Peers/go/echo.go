package main

import (
	"fmt"
	"net"
)

// serveEcho is the echo server as a Go programmer writes it: one goroutine
// and one buffer per connection. SIGTERM ends it by its default action, and
// the net package turns Nagle's algorithm off by itself.
func serveEcho(port string) error {
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", port))
	if err != nil {
		return err
	}
	fmt.Println("ready")
	for {
		connection, err := listener.Accept()
		if err != nil {
			return err
		}
		go echo(connection)
	}
}

// echo sends back what arrives until the peer closes or the connection fails;
// both are the ordinary end of a connection here.
func echo(connection net.Conn) {
	defer connection.Close()
	buffer := make([]byte, 4096)
	for {
		count, err := connection.Read(buffer)
		if err != nil {
			return
		}
		if _, err := connection.Write(buffer[:count]); err != nil {
			return
		}
	}
}
