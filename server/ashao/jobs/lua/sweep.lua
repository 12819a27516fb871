-- Look at a job whose deadline came; the hash decides, the deadline was only a reminder.
-- ARGV  2 code of the end and 3 sentence, both for a job that nobody took
-- replies: missing | settled | running | queued | provider | ended; all but the first with in how
--          many ms to look again, the tier, 1 when the id belongs into the queue, and the worker
--          whose claim lapsed just now, if one did
local job = read('settledAt', 'endedAt', unpack(LOSS))
if not job.status then
  return { 'missing' }
end
local now = now_ms()
if job.status == 'done' or job.status == 'failed' then
  if job.settledAt then
    return { 'settled', 0, job.tier, 0 }
  end
  if not job.endedAt then
    return { 'missing' } -- a refused id, until its charge is paid back
  end
  local look = math.max(1000, math.min(60000, now - tonumber(job.endedAt)))
  return { 'ended', look, job.tier, 0 }
end
if job.status == 'running' then
  local until_ms = math.min(tonumber(job.leaseUntil), tonumber(job.progressUntil))
  if now < until_ms then
    return { 'running', until_ms - now, job.tier, 0 }
  end
  redis.call('HSET', hash, 'lastFailure', 'lapsed')
  local place = requeue(job, 'lapsed', now)
  place[5] = job.kind == 'worker' and job.claimedBy or nil
  return place
end
if tonumber(job.waitedMs or 0) + now - tonumber(job.queuedAt) >= rules.queue_ttl_ms then
  finish_failed(job, ARGV[2], ARGV[3])
  return { 'ended', 1000, job.tier, 0 }
end
return standing(job, now)
