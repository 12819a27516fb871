-- Write a new job: hash and messages together. The id is claimed here, so a repeat changes nothing.
-- ARGV  2 messages as JSON, 3.. fields of the hash, each followed by its value
-- replies: created | queued | running | done | failed | refunded (the id may never be used)
local job = read('status', 'error')
if job.status then
  return { job.error == 'refunded' and 'refunded' or job.status }
end
local now = now_ms()
redis.call('SET', messages, ARGV[2])
redis.call('HSET', hash, unpack(ARGV, 3))
local grace = redis.call('HGET', hash, 'noWorker') == '1' and 0 or rules.grace_ms
redis.call('HSET', hash, 'status', 'queued', 'createdAt', now, 'queuedAt', now,
  'graceUntil', now + grace, 'attempt', 0, 'failures', 0, 'nextSeq', 0, 'bytes', 0, 'tokens', 0,
  'tried', ',', 'error', '')
return { 'created' }
