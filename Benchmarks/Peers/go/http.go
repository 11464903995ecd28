package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
)

type message struct {
	Message string `json:"message"`
}

// serveHTTP is the HTTP server as a Go programmer writes it: net/http adds the
// length and the date, and keeps connections open. SIGTERM ends it by its
// default action.
func serveHTTP(port string) error {
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", port))
	if err != nil {
		return err
	}
	routes := http.NewServeMux()
	routes.HandleFunc("/plaintext", servePlaintext)
	routes.HandleFunc("/json", serveJSON)
	fmt.Println("ready")
	return http.Serve(listener, routes)
}

// An answer that can't be written is one to a client that has gone, which
// net/http notices by itself.

func servePlaintext(response http.ResponseWriter, _ *http.Request) {
	response.Header().Set("Content-Type", "text/plain")
	_, _ = response.Write([]byte("Hello, World!"))
}

func serveJSON(response http.ResponseWriter, _ *http.Request) {
	body, err := json.Marshal(message{Message: "Hello, World!"})
	if err != nil {
		http.Error(response, err.Error(), http.StatusInternalServerError)
		return
	}
	response.Header().Set("Content-Type", "application/json")
	_, _ = response.Write(body)
}
