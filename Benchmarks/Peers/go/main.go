// The Go side of Benchmarks/compare: what goroutines cost on this machine.
//
//	eventlet-peer [-parked N]   measures and prints one JSON object
//	eventlet-peer hubs          measures channels between two OS threads
//	eventlet-peer echo PORT     echoes TCP bytes on 127.0.0.1:PORT until SIGTERM
//	eventlet-peer http PORT     serves HTTP on 127.0.0.1:PORT until SIGTERM
//	eventlet-peer client URL CONNECTIONS SECONDS    loads an HTTP server
//
// Everything else than hubs runs with GOMAXPROCS=1. An eventlet hub is one thread, so one
// processor is the like-for-like setting; it is also the one in which Go's
// scheduler is cheapest, because no idle processor has to be woken.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime"
)

// figures is what the harness reads. The keys are those of the Swift
// microbench, so that the report can put the two side by side.
type figures struct {
	GoVersion        string  `json:"go_version"`
	YieldNs          float64 `json:"yield_ns"`
	SpawnWaitNs      float64 `json:"spawn_wait_ns"`
	SpawnWaitBatchNs float64 `json:"spawn_wait_batch_ns"`
	PoolSpawnNs      float64 `json:"greenpool_spawn_ns"`
	MapItemNs        float64 `json:"imap_item_ns"`
	QueueRoundtripNs float64 `json:"queue_roundtrip_ns"`
	TimerArmCancelNs float64 `json:"timer_arm_cancel_ns"`
	ParkedBytes      float64 `json:"parked_bytes"`

	// Go has no bare context switch that a program can call, so this stays
	// nil and is printed as null.
	ContextSwitchNs *float64 `json:"context_switch_ns"`
}

func main() {
	runtime.GOMAXPROCS(1)

	parked := flag.Int("parked", 100_000, "goroutines to park for parked_bytes")
	flag.Usage = usage
	flag.Parse()

	switch {
	case flag.NArg() == 2 && flag.Arg(0) == "echo":
		exitOn(serveEcho(flag.Arg(1)))
	case flag.NArg() == 2 && flag.Arg(0) == "http":
		exitOn(serveHTTP(flag.Arg(1)))
	case flag.NArg() == 4 && flag.Arg(0) == "client":
		exitOn(loadHTTP(flag.Arg(1), flag.Arg(2), flag.Arg(3)))
	case flag.NArg() == 1 && flag.Arg(0) == "hubs":
		runtime.GOMAXPROCS(2)
		exitOn(printHubFigures())
	case flag.NArg() == 0 && *parked > 0:
		exitOn(printFigures(*parked))
	default:
		usage()
		os.Exit(2)
	}
}

func printFigures(parked int) error {
	// Parked memory comes first: later measurements leave free goroutines
	// and heap behind, which would be reused and so not show as growth.
	parkedBytes, err := measureParkedBytes(parked)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(figures{
		GoVersion:        runtime.Version(),
		ParkedBytes:      parkedBytes,
		YieldNs:          measureYield(),
		SpawnWaitNs:      measureSpawnWait(1),
		SpawnWaitBatchNs: measureSpawnWait(100),
		PoolSpawnNs:      measurePoolSpawn(),
		MapItemNs:        measureMapItem(),
		QueueRoundtripNs: measureQueueRoundtrip(),
		TimerArmCancelNs: measureTimerArmCancel(),
	})
}

// hubFigures are of goroutines that stay on an OS thread each, as hubs do; the
// free ones may run where Go's scheduler likes, which is often one thread for
// both.
type hubFigures struct {
	HubMessageNs   float64 `json:"hub_message_ns"`
	HubRoundtripNs float64 `json:"hub_roundtrip_ns"`
	FreeMessageNs  float64 `json:"free_message_ns"`
	FreeTripNs     float64 `json:"free_roundtrip_ns"`
}

func printHubFigures() error {
	return json.NewEncoder(os.Stdout).Encode(hubFigures{
		HubMessageNs:   measureHubMessages(true),
		HubRoundtripNs: measureHubRoundtrip(true),
		FreeMessageNs:  measureHubMessages(false),
		FreeTripNs:     measureHubRoundtrip(false),
	})
}

func usage() {
	fmt.Fprintln(os.Stderr, "usage: eventlet-peer [-parked N]\n       eventlet-peer hubs\n       eventlet-peer echo PORT\n       eventlet-peer http PORT")
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "eventlet-peer:", err)
		os.Exit(1)
	}
}
