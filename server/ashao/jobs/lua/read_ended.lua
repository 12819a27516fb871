-- What is left of an ended job: its hash and its log at the same moment.
-- replies: missing | living | ended, hash as fields and values in turn, log (none when its text is
--          gone already)
local status = redis.call('HGET', hash, 'status')
if not status then
  return { 'missing' }
end
if status ~= 'done' and status ~= 'failed' then
  return { 'living' }
end
local fields = redis.call('HGETALL', hash)
if redis.call('EXISTS', log) == 0 then
  return { 'ended', fields }
end
return { 'ended', fields, redis.call('LRANGE', log, 0, -1) }
