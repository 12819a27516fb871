-- A sign of life for a claim: its lease, never its progress, which only tokens make.
-- ARGV  2 producer, 3 attempt
-- replies: ok | missing | ended, expected | stale, expected
local job = read('status', 'claimedBy', 'attempt', 'nextSeq')
local refused = refusal(job, ARGV[2], ARGV[3])
if refused then
  return refused
end
redis.call('HSET', hash, 'leaseUntil', now_ms() + rules.lease_ms)
return { 'ok' }
