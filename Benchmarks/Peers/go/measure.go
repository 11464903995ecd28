package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// bestOf5 runs a round five times and returns the smallest nanoseconds per
// operation. Noise from the machine only ever adds time, so the smallest
// figure is the one nearest to the cost of the operation itself.
func bestOf5(operations int, round func()) float64 {
	best := time.Duration(1<<63 - 1)
	for i := 0; i < 5; i++ {
		// Garbage of one round must not be collected during the next.
		runtime.GC()
		start := time.Now()
		round()
		if took := time.Since(start); took < best {
			best = took
		}
	}
	return float64(best.Nanoseconds()) / float64(operations)
}

// measureYield lets two goroutines hand the processor to each other.
func measureYield() float64 {
	const perGoroutine = 500_000
	return bestOf5(2*perGoroutine, func() {
		var both sync.WaitGroup
		both.Add(2)
		for i := 0; i < 2; i++ {
			go func() {
				defer both.Done()
				for n := 0; n < perGoroutine; n++ {
					runtime.Gosched()
				}
			}()
		}
		both.Wait()
	})
}

// measureSpawnWait starts `batch` goroutines that end at once, waits for all
// of them, and repeats; the figure is per goroutine.
func measureSpawnWait(batch int) float64 {
	const total = 200_000
	return bestOf5(total, func() {
		var started sync.WaitGroup
		for n := 0; n < total; n += batch {
			started.Add(batch)
			for i := 0; i < batch; i++ {
				go started.Done()
			}
			started.Wait()
		}
	})
}

// measurePoolSpawn starts goroutines of which at most a hundred run at once,
// as a channel's capacity allows.
func measurePoolSpawn() float64 {
	const total = 200_000
	return bestOf5(total, func() {
		slots := make(chan struct{}, 100)
		var running sync.WaitGroup
		sum := 0
		for n := 0; n < total; n++ {
			slots <- struct{}{}
			running.Add(1)
			go func(n int) {
				sum += n
				<-slots
				running.Done()
			}(n)
		}
		running.Wait()
	})
}

// measureMapItem has a hundred goroutines at most map a function over numbers,
// and reads the results in order: each from a channel of its own.
func measureMapItem() float64 {
	const total = 200_000
	return bestOf5(total, func() {
		results := make(chan chan int, 100)
		go func() {
			for n := 0; n < total; n++ {
				result := make(chan int, 1)
				go func(n int) { result <- n + 1 }(n)
				results <- result
			}
			close(results)
		}()
		sum := 0
		for result := range results {
			sum += <-result
		}
	})
}

// measureQueueRoundtrip sends a value to another goroutine and waits for it
// to come back, over two unbuffered channels.
func measureQueueRoundtrip() float64 {
	const roundtrips = 300_000
	return bestOf5(roundtrips, func() {
		there, back := make(chan int), make(chan int)
		go func() {
			for value := range there {
				back <- value
			}
		}()
		for n := 0; n < roundtrips; n++ {
			there <- n
			<-back
		}
		close(there)
	})
}

// onThreads runs two functions at a time, each on an OS thread of its own if
// `locked`, and returns when both have.
func onThreads(locked bool, first, second func()) {
	var both sync.WaitGroup
	both.Add(2)
	for _, body := range []func(){first, second} {
		go func(body func()) {
			defer both.Done()
			if locked {
				runtime.LockOSThread()
				defer runtime.UnlockOSThread()
			}
			body()
		}(body)
	}
	both.Wait()
}

// measureHubMessages sends values one way, to a goroutine on another OS thread
// that takes them as fast as it can.
func measureHubMessages(locked bool) float64 {
	const messages = 1_000_000
	return bestOf5(messages, func() {
		channel := make(chan int, 128)
		sum := 0
		onThreads(locked, func() {
			for n := 0; n < messages; n++ {
				channel <- n
			}
			close(channel)
		}, func() {
			for value := range channel {
				sum += value
			}
		})
		if sum != messages*(messages-1)/2 {
			panic("a message was lost")
		}
	})
}

// measureHubRoundtrip sends a value to a goroutine on another OS thread and
// waits for it to come back.
func measureHubRoundtrip(locked bool) float64 {
	const roundtrips = 50_000
	return bestOf5(roundtrips, func() {
		there, back := make(chan int), make(chan int)
		onThreads(locked, func() {
			for n := 0; n < roundtrips; n++ {
				there <- n
				<-back
			}
			close(there)
		}, func() {
			for value := range there {
				back <- value
			}
		})
	})
}

// measureTimerArmCancel arms and stops one timer at a time while 100,000
// later ones are outstanding, as a server does that sets a deadline on every
// read.
func measureTimerArmCancel() float64 {
	const outstanding, operations = 100_000, 300_000
	never := func() { panic("a timer fired that was due in half a minute or more") }

	// Deadlines spread between one and two hours, in an order that is
	// scattered (the multiplier shares no factor with the count) so that the
	// heap isn't built presorted.
	others := make([]*time.Timer, outstanding)
	for i := range others {
		step := time.Duration(i * 7919 % outstanding)
		others[i] = time.AfterFunc(time.Hour+step*(time.Hour/outstanding), never)
	}
	defer func() {
		for _, timer := range others {
			timer.Stop()
		}
	}()

	return bestOf5(operations, func() {
		for n := 0; n < operations; n++ {
			jitter := time.Duration(n%1000) * time.Microsecond
			time.AfterFunc(30*time.Second+jitter, never).Stop()
		}
	})
}

// measureParkedBytes returns the resident memory that one goroutine adds
// which waits on a channel.
func measureParkedBytes(count int) (float64, error) {
	before, err := residentBytes()
	if err != nil {
		return 0, err
	}

	gate := make(chan struct{})
	var arrived atomic.Int64
	var ended sync.WaitGroup
	ended.Add(count)
	for i := 0; i < count; i++ {
		go func() {
			arrived.Add(1)
			<-gate
			ended.Done()
		}()
	}
	// With one processor a goroutine that has arrived is parked by the time
	// this one runs again.
	for arrived.Load() < int64(count) {
		runtime.Gosched()
	}

	after, err := residentBytes()
	close(gate)
	ended.Wait()
	return float64(after-before) / float64(count), err
}

// residentBytes collects garbage and gives free memory back first, so that
// what remains resident is in use.
func residentBytes() (int, error) {
	debug.FreeOSMemory()
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, err
	}
	var total, resident int
	if _, err := fmt.Sscan(string(statm), &total, &resident); err != nil {
		return 0, fmt.Errorf("reading /proc/self/statm: %w", err)
	}
	return resident * os.Getpagesize(), nil
}
