-- Stamp a queued job for one producer. Of two that come together, the second finds it running.
-- ARGV  2 producer, 3 kind: worker | provider, 4 a worker's model, 5 its context, or ''
-- replies: claimed, attempt, nextSeq, tier, model, params, tokens so far, messages, log | refused |
--          unfit, model, context (it is there, for another worker)
local producer, kind = ARGV[2], ARGV[3]
local job = read('status', 'attempt', 'nextSeq', 'tier', 'model', 'params', 'tokens', 'failures',
  'graceUntil', 'pausedUntil', 'noWorker', 'tried', 'contextTokens')
if job.status ~= 'queued' then
  return { 'refused' }
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
  if not has_model or (ARGV[5] ~= '' and tonumber(job.contextTokens) > tonumber(ARGV[5])) then
    return { 'unfit', job.model, tonumber(job.contextTokens) }
  end
end
local attempt = tonumber(job.attempt) + 1
redis.call('HSET', hash, 'status', 'running', 'claimedBy', producer, 'kind', kind,
  'claimedAt', now,
  'attempt', attempt, 'firstSeq', job.nextSeq, 'leaseUntil', now + rules.lease_ms,
  'progressUntil', now + rules.first_token_ms, 'producer:' .. attempt, producer,
  'kind:' .. attempt, kind, 'tokens:' .. attempt, 0)
return { 'claimed', attempt, tonumber(job.nextSeq), job.tier, job.model, job.params,
  tonumber(job.tokens), redis.call('GET', messages) or '[]', redis.call('LRANGE', log, 0, -1) }
