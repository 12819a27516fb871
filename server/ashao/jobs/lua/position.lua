-- How many ids are popped before this one.
-- KEYS  1 queue, 2 what is popped after it        ARGV  1 id        reply: the number, or false
local ahead = 0
for _, list in ipairs(KEYS) do
  local index, length = redis.call('LPOS', list, ARGV[1], 'RANK', -1), redis.call('LLEN', list)
  if index then
    return ahead + length - 1 - index
  end
  ahead = ahead + length
end
return false
