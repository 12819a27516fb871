-- Count one more in the window of time that it is on the store's clock.
-- KEYS  1 hash of the window and its count
-- ARGV  1 the window's length in seconds
-- replies: the count, and how many seconds are left of the window
local key, length = KEYS[1], tonumber(ARGV[1])
local now = tonumber(redis.call('TIME')[1])
local window = string.format('%.0f', math.floor(now / length))
if redis.call('HGET', key, 'window') ~= window then
  redis.call('HSET', key, 'window', window, 'count', 0)
  redis.call('EXPIRE', key, length + 1)
end
return { redis.call('HINCRBY', key, 'count', 1), length - now % length }
