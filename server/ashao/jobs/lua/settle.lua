-- The answer is saved and paid: what is left may go after the stream's time.
-- replies: ok | running | missing
local job = read('status', 'settledAt')
if not job.status then
  return { 'missing' }
end
if job.status ~= 'done' and job.status ~= 'failed' then
  return { 'running' }
end
if not job.settledAt then
  redis.call('HSET', hash, 'settledAt', now_ms())
  redis.call('PEXPIRE', hash, rules.stream_ttl_s * 1000)
  redis.call('PEXPIRE', log, rules.stream_ttl_s * 1000)
end
return { 'ok' }
