-- The answer is whole.
-- ARGV  2 producer, 3 attempt, 4 seq that must be next, or '',
--       5 tokens of the whole answer by the producer's count, or '', 6 attempt_tokens: those of
--       this attempt, if they are known better than by its pieces, or '',
--       7 reason: stop | length | content_filter | '',
--       8 trusted: whether a worker's word that there is nothing to say is enough (1),
--       9 judged: whether the answer has the form that was asked for, if any was (1)
-- replies: ok | unjudged | repeat | empty, with the standing (nothing was said: an attempt) | missing | ended, expected | stale, expected | gap, expected
local producer, attempt, seq = ARGV[2], ARGV[3], ARGV[4]
local counter = 'tokens:' .. attempt
local job = read('bytes', counter, 'thoughts:' .. attempt, unpack(LOSS))
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
if ARGV[9] ~= '1' and (redis.call('HGET', hash, 'abilities') or '') ~= '' then
  return { 'unjudged' }
end
local thoughts, reason = tonumber(job['thoughts:' .. attempt]) or 0, ARGV[7]
if reason == '' and thoughts > 0 and thoughts + job.tokens >= (tonumber(job.maxTokens) or math.huge) then
  reason = 'length' -- a model's thoughts take from its budget, too
end
if job.kind == 'worker' and job.bytes == '0' and reason ~= 'length' and ARGV[8] ~= '1' then
  -- That there is nothing to say takes two voices, of which the second is as proven as any here.
  local voice = job.voice or job.claimedBy
  local first = redis.call('HGET', hash, 'emptyBy')
  if not first or first == voice or redis.call('HGET', hash, 'proven') == '0' then
    redis.call('HSET', hash, 'emptyBy', voice, 'lastFailure', 'empty')
    return { 'empty', unpack(requeue(job, 'failed', now_ms())) }
  end
end
if ARGV[5] ~= '' then
  redis.call('HSET', hash, 'reportedTokens', ARGV[5])
end
if ARGV[6] ~= '' then
  job.tokens = job.tokens - job[counter] + ARGV[6]
  redis.call('HSET', hash, 'tokens', job.tokens, counter, ARGV[6])
end
finish_done(job, reason)
return { 'ok' }
