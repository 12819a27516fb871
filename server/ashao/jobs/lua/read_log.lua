-- The events after the last one that a reader has, with the status that belongs to them.
-- ARGV  2 after: its seq, -1 for none, 3 digest of it, or '' if that is not known,
--       4 at_most: how many events, or '' for all; of a part also only so many bytes
-- replies: ok, status, nextSeq, events | missing (also when the text is gone already) |
--          forgotten, status, nextSeq (the reader's last event is not in this log)
local after, digest, most = tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4])
local MOST_BYTES = 65536
local job = read('status', 'nextSeq')
if not job.status then
  return { 'missing' }
end
local is_over = job.status == 'done' or job.status == 'failed'
if is_over and redis.call('EXISTS', log) == 0 then
  return { 'missing' }
end
local next_seq = tonumber(job.nextSeq)
local kept = digest ~= '' and string.match(redis.call('LINDEX', log, after) or '', DIGEST)
if after > (is_over and next_seq or next_seq - 1) or (kept and kept ~= digest) then
  return { 'forgotten', job.status, next_seq }
end
if not most then
  return { 'ok', job.status, next_seq, redis.call('LRANGE', log, after + 1, -1) }
end
local events, bytes = {}, 0
for index, event in ipairs(redis.call('LRANGE', log, after + 1, after + most)) do
  bytes = bytes + #event
  if index > 1 and bytes > MOST_BYTES then
    break
  end
  events[index] = event
end
return { 'ok', job.status, next_seq, events }
