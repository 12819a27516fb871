-- Stamp a queued job for one producer. Of two that come together, the second finds it running.
-- ARGV  2 producer, 3 kind: worker | provider, 4 model,
--       5 context of a worker in tokens, or '', 6 voice of a worker, or '',
--       7 slowest_token_ms: the slowest pace that is fair for such a worker, or '',
--       8 proven: whether its latest answer was whole, or nobody's was that is there,
--       9 home: browser | native | cloud | simulation, or '', 10 abilities of a worker, by comma
-- replies: claimed, attempt, nextSeq, tier, model, params, tokens so far, messages, log | refused |
--          unfit, model, context, abilities (it is there, for another worker) | heard (others come first)
local producer, kind = ARGV[2], ARGV[3]
local job = read('status', 'attempt', 'nextSeq', 'tier', 'model', 'params', 'tokens', 'failures',
  'graceUntil', 'pausedUntil', 'noWorker', 'tried', 'contextTokens', 'losses', 'silentMs', 'heard',
  'heardUntil', 'queuedAt', 'waitedMs', 'abilities')
if job.status ~= 'queued' then
  return { 'refused' }
end
local function has_all(abilities, needed)
  for word in string.gmatch(needed, '[^,]+') do
    if not string.find(',' .. abilities .. ',', ',' .. word .. ',', 1, true) then
      return false
    end
  end
  return true
end
local now = now_ms()
local may_claim = is_open_to_workers(job)
if kind == 'provider' then
  may_claim = is_open_to_provider(job, producer, now)
end
if not may_claim then
  return { 'refused' }
end
if kind == 'worker' then
  local has_model = job.model == 'auto' or job.model == ARGV[4]
  local is_too_long = ARGV[5] ~= '' and tonumber(job.contextTokens) > tonumber(ARGV[5])
  if not has_model or is_too_long or not has_all(ARGV[10], job.abilities or '') then
    return { 'unfit', job.model, tonumber(job.contextTokens), job.abilities or '' }
  end
  -- Strangers may lose all attempts but the last one, which waits for a while for a proven worker.
  local failures = tonumber(job.failures)
  local is_last = failures > 0 and failures + 1 >= rules.max_attempts
  if ARGV[8] == '0' and is_last and now < tonumber(job.queuedAt) + rules.queue_ttl_ms / 2 then
    return { 'heard' }
  end
  if was_heard(job, ARGV[6]) and now < tonumber(job.heardUntil or 0) then
    return { 'heard' }
  end
end
local attempt = tonumber(job.attempt) + 1
local thinking_left = rules.thinking_ms - tonumber(job.silentMs or 0)
redis.call('HSET', hash, 'status', 'running', 'claimedBy', producer, 'kind', kind,
  'claimedAt', now, 'spokeAt', '', 'claimThoughtBytes', 0, 'attempt', attempt, 'firstSeq', job.nextSeq, 'leaseUntil', now + rules.lease_ms,
  'progressUntil', now + math.min(rules.first_token_ms, thinking_left), 'voice', ARGV[6],
  'slowestTokenMs', ARGV[7], 'proven', ARGV[8],
  'waitedMs', tonumber(job.waitedMs or 0) + now - tonumber(job.queuedAt),
  'producer:' .. attempt, producer, 'kind:' .. attempt, kind, 'tokens:' .. attempt, 0,
  'model:' .. attempt, ARGV[4], 'home:' .. attempt, ARGV[9])
return { 'claimed', attempt, tonumber(job.nextSeq), job.tier, job.model, job.params,
  tonumber(job.tokens), redis.call('GET', messages) or '[]', redis.call('LRANGE', log, 0, -1) }
