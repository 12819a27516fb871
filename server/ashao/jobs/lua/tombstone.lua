-- Forbid an id whose charge is paid back: a sender that wakes up late finds it taken.
-- replies: refused | exists (there is a job: it is settled the usual way)
local job = read('status', 'error')
if job.status then
  return { job.error == 'refunded' and 'refused' or 'exists' }
end
redis.call('HSET', hash, 'status', 'failed', 'error', 'refunded', 'nextSeq', 0)
redis.call('PEXPIRE', hash, rules.unsettled_hash_ms)
return { 'refused' }
