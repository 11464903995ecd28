-- wrk -s http.lua URL [-- DEPTH]
--
-- With a DEPTH above 1, so many requests are sent at once, and answered before
-- the next are. What was measured is printed as one JSON object on the last line.
--
-- wrk adds to the latencies what requests would have waited that a slow answer
-- kept it from sending. With a DEPTH it adds wrongly, and they mean nothing.

function init(arguments)
  local depth = tonumber(arguments[1]) or 1
  if depth > 1 then
    -- Only where it is needed: a function makes wrk call Lua for every request.
    local requests = string.rep(wrk.format(), depth)
    request = function() return requests end
  end
end

function done(summary, latency)
  local errors = 0
  for _, count in pairs(summary.errors) do errors = errors + count end
  io.write(string.format(
    '{"requests":%d,"seconds":%.6f,"errors":%d,"p50_us":%d,"p99_us":%d}\n',
    summary.requests, summary.duration / 1e6, errors,
    latency:percentile(50), latency:percentile(99)))
end
