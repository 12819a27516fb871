-- Note one more job of an owner, as one to be forgotten soon, unless it was noted before.
-- KEYS  1 in_flight: the owner's jobs that have not ended, by when they were sent, in seconds
-- ARGV  1 job, 2 how long a job is kept, 3 how long one that is not queued yet is
-- replies: 1 when it is new, else 0; what time it is; how many there are now
local jobs, job, longest = KEYS[1], ARGV[1], tonumber(ARGV[2])
local now = tonumber(redis.call('TIME')[1])
redis.call('ZREMRANGEBYSCORE', jobs, '-inf', now - longest)
local added = redis.call('ZADD', jobs, 'NX', now - longest + ARGV[3], job)
redis.call('EXPIRE', jobs, longest)
return { added, now, redis.call('ZCARD', jobs) }
