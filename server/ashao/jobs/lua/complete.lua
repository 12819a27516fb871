-- The answer is whole.
-- ARGV  2 producer, 3 attempt, 4 seq that must be next, or '',
--       5 tokens of the whole answer by the producer's count, or ''
-- replies: ok | repeat | missing | ended, expected | stale, expected | gap, expected
local producer, attempt, seq = ARGV[2], ARGV[3], ARGV[4]
local job = read('status', 'claimedBy', 'attempt', 'nextSeq', 'tokens')
if job.status == 'done' and job.claimedBy == producer and job.attempt == attempt then
  return { 'repeat' } -- its first reply was lost
end
local refused = refusal(job, producer, attempt)
if refused then
  return refused
end
if seq ~= '' and seq ~= job.nextSeq then
  return { 'gap', tonumber(job.nextSeq) }
end
if ARGV[5] ~= '' then
  redis.call('HSET', hash, 'reportedTokens', ARGV[5])
end
finish_done(job)
return { 'ok' }
