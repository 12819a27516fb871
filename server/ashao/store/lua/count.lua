-- Count one more in the window of time that it is on the store's clock.
-- KEYS  1 the counters of what is counted, without their window: each is a key of its own, in one slot
-- ARGV  1 the window's length in seconds
-- replies: the count, and how many seconds are left of the window
local length = tonumber(ARGV[1])
local now = tonumber(redis.call('TIME')[1])
local key = string.format('%s:%.0f', KEYS[1], math.floor(now / length))
local count = redis.call('INCR', key)
if count == 1 then
  redis.call('EXPIRE', key, length + 1)
end
return { count, length - now % length }
