-- The shared beginning of every script on one job: its three keys, the store's clock, and the
-- moves that several verbs make. `rules` is put in front by store.py.
-- KEYS  1 hash, 2 messages, 3 log        ARGV  1 channel of the job's events
local hash, messages, log = KEYS[1], KEYS[2], KEYS[3]
local channel = ARGV[1]

-- How long a queued job may go unseen by the sweeper, in ms: a longer wait is looked at less often.
local SHORTEST_LOOK, LONGEST_LOOK = 500, 15000

local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- How far ahead of now a moment may lie. The store's clock may step back: then what has happened
-- did so by now, and what is awaited is no further away than when it was set.
local AHEAD = { queuedAt = 0, claimedAt = 0, spokeAt = 0, endedAt = 0, graceUntil = rules.grace_ms,
  pausedUntil = rules.grace_ms, heardUntil = rules.grace_ms, leaseUntil = rules.lease_ms,
  progressUntil = math.max(rules.first_token_ms, rules.lease_ms) }

local function read(...)
  local values, job, now = redis.call('HMGET', hash, ...), {}, now_ms()
  for index, name in ipairs({ ... }) do
    job[name] = values[index]
    local moment = AHEAD[name] and tonumber(job[name])
    if moment and moment > now + AHEAD[name] then
      job[name] = now + AHEAD[name]
      redis.call('HSET', hash, name, job[name])
    end
  end
  return job, now
end

-- nil when the producer holds the running claim; else the refusal. A claim is told apart by its
-- attempt and by its holder, so that a store that lost its last second fools nobody.
local function refusal(job, producer, attempt)
  if not job.status then
    return { 'missing' }
  end
  local expected = tonumber(job.nextSeq)
  if job.status == 'done' or job.status == 'failed' then
    return { 'ended', expected }
  end
  if job.status ~= 'running' or job.claimedBy ~= producer or job.attempt ~= attempt then
    return { 'stale', expected }
  end
  return nil
end

-- Keeping and telling are one step: what is published can always be read again. Each event ends with
-- a digest of all that was said up to it: by it a reader of other words under this seq is known.
local DIGEST = ',"digest":"(%x+)"}$'
-- `before` is the digest so far, or false; what else changes with the event follows, by name.
local function say(event, before, ...)
  local digest = string.sub(redis.sha1hex((before or '') .. event), 1, 12)
  local kept = string.sub(event, 1, -2) .. ',"digest":"' .. digest .. '"}'
  redis.call('HSET', hash, 'digest', digest, ...)
  redis.call('RPUSH', log, kept)
  redis.call('PUBLISH', channel, kept)
end

-- The one end of a job. All text but the log goes at once; what nobody settles goes by itself.
local function finish(status, code, event)
  redis.call('HSET', hash, 'status', status, 'error', code, 'endedAt', now_ms())
  redis.call('HDEL', hash, 'params', 'graceUntil', 'pausedUntil', 'leaseUntil', 'progressUntil')
  redis.call('DEL', messages)
  say(event, redis.call('HGET', hash, 'digest'))
  redis.call('HDEL', hash, 'digest')
  redis.call('PEXPIRE', log, rules.unsettled_text_ms)
  redis.call('PEXPIRE', hash, rules.unsettled_hash_ms)
end

-- `reason` is stop, length, content_filter or '' (it is left to the budget).
local function finish_done(job, reason)
  local why = reason ~= '' and ',"finish":"' .. reason .. '"' or ''
  if reason == 'content_filter' then
    why = ',"finish":"stop","filtered":true'
  end
  local counts = '"seq":' .. job.nextSeq .. ',"tokens":' .. job.tokens
  local thoughts = redis.call('HGET', hash, 'thoughts')
  thoughts = thoughts and ',"thoughts":' .. thoughts or ''
  finish('done', '', '{"type":"done",' .. counts .. why .. thoughts .. '}')
end

local function finish_failed(job, code, sentence)
  local message = cjson.encode(sentence)
  finish('failed', code, '{"type":"error","seq":' .. job.nextSeq .. ',"message":' .. message .. '}')
end

-- Attempts are counted by voice, so that one worker that fails again and again is one. Its repeats
-- and its silence have an end of their own.
local LOSSES_A_VOICE = 4
local function is_exhausted(job)
  return tonumber(job.failures) >= rules.max_attempts
    or tonumber(job.losses or 0) >= LOSSES_A_VOICE * rules.max_attempts
    or tonumber(job.silentMs or 0) >= rules.thinking_ms
end

local function is_open_to_workers(job)
  return job.noWorker ~= '1' and not is_exhausted(job)
end

local function is_open_to_providers(job, now)
  return is_exhausted(job) or now >= tonumber(job.graceUntil)
end

local function has_tried(job, provider)
  return string.find(job.tried, ',' .. provider .. ',', 1, true) ~= nil
end

-- Nothing holds up a provider that has not tried; one that has tries again after a pause, as long
-- as there are attempts.
local function is_open_to_provider(job, provider, now)
  local is_paused = is_exhausted(job) or now < tonumber(job.pausedUntil or 0)
  return is_open_to_providers(job, now) and not (is_paused and has_tried(job, provider))
end

-- Where a queued job stands: 'provider' when one may take it now, else 'queued'; then in how many
-- ms to look again, its tier, and 1 when workers may take it.
local function standing(job, now)
  local open = is_open_to_workers(job) and 1 or 0
  local longest = math.max(SHORTEST_LOOK, math.min(LONGEST_LOOK, rules.lease_ms))
  if is_open_to_providers(job, now) then
    local waited = (now - tonumber(job.queuedAt)) / 2
    local look = math.floor(math.max(SHORTEST_LOOK, math.min(longest, waited)))
    local pause = tonumber(job.pausedUntil or 0) - now
    return { 'provider', pause > 0 and math.min(pause, look) or look, job.tier, open }
  end
  -- Not later, however long the window is: a worker may claim it meanwhile and fall silent.
  return { 'queued', math.min(longest, tonumber(job.graceUntil) - now), job.tier, open }
end

-- A worker's voice was heard on this job when an attempt of its own was lost.
local function was_heard(job, voice)
  return string.find(job.heard or ',', ',' .. voice .. ',', 1, true) ~= nil
end

local LOSS = { 'status', 'claimedBy', 'kind', 'attempt', 'nextSeq', 'firstSeq', 'tokens',
  'maxTokens', 'tier', 'failures', 'losses', 'graceUntil', 'pausedUntil', 'queuedAt', 'claimedAt',
  'noWorker', 'tried', 'leaseUntil', 'progressUntil', 'voice', 'heard', 'waitedMs', 'silentMs',
  'spokeAt' }

-- `tried` holds the providers that failed, the last one at its end.
local function go_to_the_back(job, provider)
  local first, last = string.find(job.tried, ',' .. provider .. ',', 1, true)
  local others = first and string.sub(job.tried, 1, first) .. string.sub(job.tried, last + 1)
  job.tried = (others or job.tried) .. provider .. ','
end

-- A worker's lost attempt is counted once for each voice. Whoever loses one again lets others go
-- first for a grace window.
local function count_workers_loss(job, now)
  local voice = job.voice or job.claimedBy
  job.losses = tonumber(job.losses or 0) + 1
  if was_heard(job, voice) then
    redis.call('HSET', hash, 'heardUntil', now + rules.grace_ms)
  else
    job.failures = tonumber(job.failures) + 1
    job.heard = (job.heard or ',') .. voice .. ','
  end
  redis.call('HSET', hash, 'losses', job.losses, 'heard', job.heard)
end

-- Until the first word thinking is progress, within the budget that a job has for silence; after it
-- as long as the pace is fair, which only thoughts that a reader gets may say.
local function keep_thinking(job, now, fair_until)
  local budget_until = tonumber(job.claimedAt) + rules.thinking_ms - tonumber(job.silentMs or 0)
  local thinks_until = math.min(now + rules.lease_ms, fair_until or budget_until)
  redis.call('HSET', hash, 'progressUntil', math.max(tonumber(job.progressUntil), thinks_until))
end

-- Silence and thinking before the first word are paid from one budget for all claims together.
local function count_silence(job, now)
  if not tonumber(job.spokeAt) then
    local until_ms = math.min(now, tonumber(job.progressUntil))
    job.silentMs = tonumber(job.silentMs or 0) + until_ms - tonumber(job.claimedAt)
    redis.call('HSET', hash, 'silentMs', job.silentMs)
  end
end

-- The claim is over and the job is not: 'failed', 'lapsed', 'left' or 'released' (which does not
-- count).
-- An answer that has its full budget needs nobody to go on: its producer died before `complete`.
local function requeue(job, loss, now)
  if job.maxTokens and tonumber(job.tokens) >= tonumber(job.maxTokens) then
    finish_done(job, 'length')
    return { 'ended', 0, job.tier, 0 }
  end
  if loss ~= 'released' then
    if job.kind == 'provider' then
      job.failures = tonumber(job.failures) + 1
      go_to_the_back(job, job.claimedBy)
    else
      count_workers_loss(job, now)
    end
  end
  -- After a worker, workers get what is left of the window since a reader got text; those providers that tried, a pause after a failure.
  if job.kind == 'worker' then
    count_silence(job, now)
    job.graceUntil = now + math.max(0, rules.grace_ms - tonumber(job.waitedMs or 0))
  elseif loss == 'failed' then
    redis.call('HSET', hash, 'pausedUntil', now + rules.grace_ms)
    job.pausedUntil = now + rules.grace_ms
  end
  job.queuedAt = now
  redis.call('HSET', hash, 'status', 'queued', 'queuedAt', now, 'graceUntil', job.graceUntil,
    'failures', job.failures, 'tried', job.tried)
  redis.call('HDEL', hash, 'claimedBy', 'kind', 'leaseUntil', 'progressUntil')
  redis.call('PUBLISH', channel, '{"type":"queued"}')
  return standing(job, now)
end
