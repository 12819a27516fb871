-- A producer gives its claim up, and it counts.
-- ARGV  2 producer, 3 attempt, 4 code, 5 what to do: again | provider (workers cannot) | end,
--       6 end code, 7 sentence
-- replies: queued | provider | ended, each with the standing | missing | ended | stale
local producer, attempt, code, action = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local job = read(unpack(LOSS))
local refused = refusal(job, producer, attempt)
if refused then
  return { 'refused', unpack(refused) }
end
redis.call('HSET', hash, 'lastFailure', code)
if action == 'end' then
  finish_failed(job, ARGV[6], ARGV[7])
  return { 'ended', 0, job.tier, 0 }
end
local now = now_ms()
if action == 'provider' and job.kind == 'worker' then
  job.noWorker = '1'
  redis.call('HSET', hash, 'noWorker', 1)
  local place = requeue(job, 'failed', now)
  if place[1] == 'queued' then
    redis.call('HSET', hash, 'graceUntil', now) -- no worker is waited for
    return { 'provider', SHORTEST_LOOK, job.tier, 0 }
  end
  return place
end
return requeue(job, 'failed', now)
