-- Add one token event: fence, log and channel in one step.
-- ARGV  2 producer, 3 attempt, 4 seq, 5 event as JSON, 6 tokens, 7 bytes of text
-- replies: ok | repeat | missing | ended, expected | stale, expected | gap, expected |
--          differs, expected
local producer, attempt, event = ARGV[2], ARGV[3], ARGV[5]
local counter = 'tokens:' .. attempt
local job = read('status', 'claimedBy', 'attempt', 'nextSeq', 'firstSeq', 'bytes', 'tokens', counter)
local refused = refusal(job, producer, attempt)
if refused then
  return refused
end
local seq, expected = tonumber(ARGV[4]), tonumber(job.nextSeq)
if seq > expected then
  return { 'gap', expected }
end
if seq < expected then
  -- A reply was lost and the same event comes again; an earlier attempt's seq is not the producer's.
  local is_same = seq >= tonumber(job.firstSeq) and redis.call('LINDEX', log, seq - expected) == event
  return is_same and { 'repeat' } or { 'differs', expected }
end
local bytes = tonumber(job.bytes) + ARGV[7]
if bytes > rules.max_answer_bytes then
  -- No producer would stop a runaway answer by itself: it is as long as it may be, so it is whole.
  finish_done(job, 'length')
  return { 'ended', expected }
end
local lease = now_ms() + rules.lease_ms
redis.call('HSET', hash, 'nextSeq', seq + 1, 'bytes', bytes, 'leaseUntil', lease,
  'progressUntil', lease, 'tokens', job.tokens + ARGV[6], counter, job[counter] + ARGV[6])
say(event)
return { 'ok' }
