-- A member was seen now; those that were not seen for a while are no longer there.
-- KEYS  1 sorted set: member -> when it was seen, in epoch ms
-- ARGV  1 member, 2 the while, in ms
-- replies: ok
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
return { 'ok' }
