-- Add one token event: fence, log and channel in one step.
-- ARGV  2 producer, 3 attempt, 4 seq, 5 event as JSON, 6 tokens that a reader sees,
--       7 size of its text in bytes
-- replies: ok | repeat | missing | ended, expected | stale, expected | gap, expected |
--          differs, expected
local producer, attempt, event = ARGV[2], ARGV[3], ARGV[5]
local counter = 'tokens:' .. attempt
local job = read('status', 'claimedBy', 'attempt', 'nextSeq', 'firstSeq', 'bytes', 'tokens', 'spokeAt',
  'progressUntil', 'slowestTokenMs', counter)
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
  local kept = seq >= tonumber(job.firstSeq) and redis.call('LINDEX', log, seq - expected)
  local is_same = kept and string.gsub(kept, DIGEST, '}') == event
  return is_same and { 'repeat' } or { 'differs', expected }
end
local bytes = tonumber(job.bytes) + ARGV[7]
if bytes > rules.max_answer_bytes or seq >= rules.max_pieces then
  -- No producer would stop a runaway answer by itself: it is as long as it may be, so it is whole.
  finish_done(job, 'length')
  return { 'ended', expected }
end
local now = now_ms()
local tokens = job[counter] + ARGV[6]
if tonumber(ARGV[6]) > 0 then
  -- Each token that a reader sees buys time, so that no answer can be spun out for ever.
  local spoke_at = tonumber(job.spokeAt) or now
  local slowest = math.min(rules.slowest_token_ms, tonumber(job.slowestTokenMs) or math.huge)
  local fair_until = spoke_at + rules.fair_start_ms + tokens * slowest
  redis.call('HSET', hash, 'spokeAt', spoke_at, 'waitedMs', 0,
    'progressUntil', math.min(now + rules.lease_ms, fair_until))
end
redis.call('HSET', hash, 'nextSeq', seq + 1, 'bytes', bytes, 'leaseUntil', now + rules.lease_ms,
  'tokens', job.tokens + ARGV[6], counter, tokens)
say(event)
return { 'ok' }
