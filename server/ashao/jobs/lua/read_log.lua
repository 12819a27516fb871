-- The events after a seq, with the status that belongs to them.
-- ARGV  2 seq of the last event that the reader has, -1 for none
-- replies: ok, status, nextSeq, events | missing (also when the text is gone already)
local job = read('status', 'nextSeq')
if not job.status then
  return { 'missing' }
end
local is_over = job.status == 'done' or job.status == 'failed'
if is_over and redis.call('EXISTS', log) == 0 then
  return { 'missing' }
end
return { 'ok', job.status, tonumber(job.nextSeq), redis.call('LRANGE', log, ARGV[2] + 1, -1) }
