-- A producer hands its claim back; or the claim is taken from it, which does not count.
-- ARGV  2 producer, or '' for whoever holds it as long as it has not spoken, 3 attempt, or '',
--       4 counts: whether a worker's release is a loss (1), unless it had given enough
-- replies: queued | provider | ended, each with the standing | refused, missing | ended | stale
local job = read(unpack(LOSS))
local producer = ARGV[2] ~= '' and ARGV[2] or job.claimedBy
local attempt = ARGV[3] ~= '' and ARGV[3] or job.attempt
local refused = refusal(job, producer, attempt)
if not refused and ARGV[2] == '' and redis.call('HGET', hash, 'firstSeq') ~= job.nextSeq then
  refused = { 'stale', tonumber(job.nextSeq) } -- it spoke first: it keeps the claim
end
if refused then
  return { 'refused', unpack(refused) }
end
local now = now_ms()
local loss = 'released'
if ARGV[4] == '1' and job.kind == 'worker' then
  local given, spoke_at = unpack(redis.call('HMGET', hash, 'tokens:' .. attempt, 'spokeAt'))
  local spoke_for_ms = now - (tonumber(spoke_at) or now)
  if tonumber(given) < rules.fair_tokens and spoke_for_ms < rules.fair_start_ms then
    loss = 'left'
  end
end
local place = requeue(job, loss, now)
if ARGV[2] == '' and place[1] == 'queued' then
  redis.call('HSET', hash, 'graceUntil', now) -- whoever took it away is waiting for it
  place[1] = 'provider'
end
return place
