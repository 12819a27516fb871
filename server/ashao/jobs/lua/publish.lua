-- Add one token event, of text or of thinking: fence, log and channel in one step.
-- ARGV  2 producer, 3 attempt, 4 seq, 5 event as JSON, 6 tokens that a reader sees,
--       7 size of its text in bytes, 8 thought_size: size of its thinking in bytes
-- replies: ok | repeat | missing | ended, expected | stale, expected | gap, expected |
--          differs, expected | lost, with the standing (it thinks too much: an attempt)
local producer, attempt, event = ARGV[2], ARGV[3], ARGV[5]
local thought_size = tonumber(ARGV[8])
local is_thought = thought_size > 0
local counter, thoughts = 'tokens:' .. attempt, 'thoughts:' .. attempt
local job, now = read('status', 'claimedBy', 'attempt', 'nextSeq', 'firstSeq', 'bytes', 'tokens', 'spokeAt',
  'progressUntil', 'slowestTokenMs', 'claimedAt', 'silentMs', 'thoughts', 'thoughtBytes',
  'claimThoughtBytes', 'digest', counter, thoughts)
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
-- All that the event changes is written at once: a command costs the store more than a field.
local changed = { 'nextSeq', seq + 1, 'leaseUntil', now + rules.lease_ms }
local function change(...)
  for _, each in ipairs({ ... }) do
    changed[#changed + 1] = each
  end
end

-- Each token that a reader sees buys time, so that no answer can be spun out for ever.
local function fair_until(spoke_at, tokens)
  local slowest = math.min(rules.slowest_token_ms, tonumber(job.slowestTokenMs) or math.huge)
  return spoke_at + rules.fair_start_ms + tokens * slowest
end

local function think()
  local of_claim = (tonumber(job.claimThoughtBytes) or 0) + thought_size
  local of_job = (tonumber(job.thoughtBytes) or 0) + thought_size
  if of_claim > rules.max_thought_bytes or of_job > rules.max_answer_bytes then
    redis.call('HSET', hash, 'lastFailure', 'thoughts')
    return { 'lost', unpack(requeue(read(unpack(LOSS)), 'failed', now)) }
  end
  change('claimThoughtBytes', of_claim, 'thoughtBytes', of_job,
    'thoughts', (tonumber(job.thoughts) or 0) + ARGV[6],
    thoughts, (tonumber(job[thoughts]) or 0) + ARGV[6])
  local spoke_at = tonumber(job.spokeAt)
  keep_thinking(job, now, spoke_at and fair_until(spoke_at, tonumber(job[counter])))
end

local function speak()
  local tokens = job[counter] + ARGV[6]
  if tonumber(ARGV[6]) > 0 then
    local spoke_at = tonumber(job.spokeAt) or now
    change('spokeAt', spoke_at, 'waitedMs', 0,
      'progressUntil', math.min(now + rules.lease_ms, fair_until(spoke_at, tokens)))
  end
  change('bytes', bytes, 'tokens', job.tokens + ARGV[6], counter, tokens)
end

local lost = (is_thought and think or speak)()
if lost then
  return lost
end
say(event, job.digest, unpack(changed))
return { 'ok' }
