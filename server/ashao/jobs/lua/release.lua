-- A producer hands its claim back, which does not count; or the claim is taken from it.
-- ARGV  2 producer, or '' for whoever holds it as long as it has not spoken, 3 attempt, or ''
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
local place = requeue(job, 'released', now_ms())
if ARGV[2] == '' and place[1] == 'queued' then
  redis.call('HSET', hash, 'graceUntil', now_ms()) -- whoever took it away is waiting for it
  place[1] = 'provider'
end
return place
