// hiredis's blocking commands on one OS thread:  patched-redis /run/redis/redis.sock [COUNT]
import CHiredis
import Eventlet
import Glibc
import PatchedSupport

let words = CommandLine.arguments
let path = words.count > 1 ? words[1] : "/run/redis/redis.sock"

/// Sends a command and waits for its answer.
func command(_ context: UnsafeMutablePointer<redisContext>, _ words: String...) -> Int32? {
  let copies = words.map { strdup($0) }
  defer { for copy in copies { free(copy) } }
  var pointers = copies.map { UnsafePointer($0) }
  let answer = redisCommandArgv(context, Int32(words.count), &pointers, nil)
  defer { freeReplyObject(answer) }
  return answer?.assumingMemoryBound(to: redisReply.self).pointee.type
}

race(words.count > 2 ? Int(words[2]) ?? 50 : 50) {
  guard let context = redisConnectUnix(path) else { return false }
  defer { redisFree(context) }
  guard context.pointee.err == 0 else { return false }
  // Nobody pushes to that list, so it is nil after half a second.
  return command(context, "BLPOP", "eventlet:nothing", "0.5") == REDIS_REPLY_NIL
    && command(context, "PING") == REDIS_REPLY_STATUS
}
