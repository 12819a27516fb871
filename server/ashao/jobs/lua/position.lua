-- How many ids are popped before this one.
-- KEYS  1 queue        ARGV  1 id        reply: the number, or false
local index = redis.call('LPOS', KEYS[1], ARGV[1], 'RANK', -1)
return index and redis.call('LLEN', KEYS[1]) - 1 - index
