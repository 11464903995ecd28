internal import EventletCore
internal import EventletNet

extension HTTPConnection {
  func take(_ connection: TakenConnection) { phase = .taken(connection) }

  /// Has it end when it has nothing to do.
  func stop() {
    switch phase {
    case .idle: endWaiting()
    case .active: break
    case .taken(let connection): connection.serverStops()
    }
  }

  /// Takes in what the client still sends, so that the kernel does not answer it by breaking the
  /// connection off, which could reach the client before the response (RFC 9112, 9.6).
  func linger() throws {
    transport.endSending()
    let deadline = Hub.current.deadline(after: server.configuration.timeouts.linger)
    var received = 0
    do {
      while received < 1 << 20 {
        let count = try receiveMore(until: deadline)
        if count == 0 { return }
        received += count
        input.use(input.unusedCount)
        input.beginHead()
      }
    } catch let error where isMeantForCaller(error) { throw error } catch is IOTimeout {
    } catch HubError.secondWaiter {
      // A handler has left somebody behind who reads the body.
    } catch {
      if !isOfConnection(error) { throw error }
    }
  }
}
