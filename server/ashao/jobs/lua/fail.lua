-- A producer gives its claim up, and it counts.
-- ARGV  2 producer, 3 attempt, 4 code, 5 action: again | longer | provider (workers cannot) |
--       end,
--       6 end: the job's code, 7 sentence; both '' unless the job may be at fault,
--       8 context that the job needs at least, in tokens, when the action is longer,
--       9 trusted: whether a worker's word that the job is at fault ends it (1), as a provider's does
-- replies: queued | provider | ended, each with the standing | missing | ended | stale
local producer, attempt, code, action = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local job = read('blamedBy', unpack(LOSS))
local refused = refusal(job, producer, attempt)
if refused then
  return { 'refused', unpack(refused) }
end
if action == 'provider' and job.kind == 'provider' then
  action = 'end' -- there is nobody longer to ask
end
local is_final = job.kind == 'provider' or ARGV[9] == '1'
if action == 'end' and not is_final then
  -- No stranger's word alone ends a job: it is an attempt, which a later answer contradicts.
  redis.call('HSET', hash, 'blamedBy', (job.blamedBy or '') .. producer .. ',')
  code = 'declined'
end
redis.call('HSET', hash, 'lastFailure', code)
if action == 'end' and is_final then
  finish_failed(job, ARGV[6], ARGV[7])
  return { 'ended', 0, job.tier, 0 }
end
local now = now_ms()
if action == 'longer' then
  redis.call('HSET', hash, 'contextTokens', ARGV[8])
end
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
