-- A sign of life for a claim: its lease. Progress is made by tokens; until the first one by thinking,
-- too, within the budget that a job has for silence.
-- ARGV  2 producer, 3 attempt, 4 is_thinking
-- replies: ok | missing | ended, expected | stale, expected
local job = read('status', 'claimedBy', 'attempt', 'nextSeq', 'spokeAt', 'claimedAt', 'silentMs',
  'progressUntil')
local refused = refusal(job, ARGV[2], ARGV[3])
if refused then
  return refused
end
local now = now_ms()
redis.call('HSET', hash, 'leaseUntil', now + rules.lease_ms)
if ARGV[4] == '1' and not tonumber(job.spokeAt) then
  keep_thinking(job, now)
end
return { 'ok' }
