-- Who was seen lately.
-- KEYS  1 sorted set: member -> when it was seen, in epoch ms
-- ARGV  1 how far back, in ms
-- replies: the members
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
return redis.call('ZRANGEBYSCORE', KEYS[1], now - ARGV[1], '+inf')
