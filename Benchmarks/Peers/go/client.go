package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// loadHTTP is the client as a Go programmer writes it: one http.Client for all
// goroutines, and every body read to its end, so that connections are kept.
func loadHTTP(url, connectionsText, secondsText string) error {
	connections, err := strconv.Atoi(connectionsText)
	if err != nil {
		return err
	}
	seconds, err := strconv.Atoi(secondsText)
	if err != nil {
		return err
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections}}
	if _, errors := request(client, url, connections, func(count int) bool { return count < 1 }); errors != 0 {
		return fmt.Errorf("%d of %d connections failed", errors, connections)
	}

	before := processorTime()
	begin := time.Now()
	end := begin.Add(time.Duration(seconds) * time.Second)
	requests, errors := request(client, url, connections, func(int) bool { return time.Now().Before(end) })
	return json.NewEncoder(os.Stdout).Encode(map[string]any{
		"cpu_ns": processorTime() - before,
		"load": map[string]any{
			"requests": requests, "errors": errors, "seconds": time.Since(begin).Seconds(),
		},
	})
}

// request has as many goroutines as connections ask for the URL while they are to go on.
func request(client *http.Client, url string, connections int, goesOn func(int) bool) (requests, errors int) {
	var group sync.WaitGroup
	var mutex sync.Mutex
	for i := 0; i < connections; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			good, bad := 0, 0
			for goesOn(good + bad) {
				if get(client, url) == nil {
					good++
				} else {
					bad++
				}
			}
			mutex.Lock()
			defer mutex.Unlock()
			requests += good
			errors += bad
		}()
	}
	group.Wait()
	return requests, errors
}

func get(client *http.Client, url string) error {
	response, err := client.Get(url)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", response.StatusCode)
	}
	_, err = io.ReadAll(response.Body)
	return err
}

func processorTime() int64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return usage.Utime.Nano() + usage.Stime.Nano()
}
