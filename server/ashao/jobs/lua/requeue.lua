-- Put ids into a queue unless they are in it, or in a list that belongs to it.
-- KEYS  1 queue, then those lists
-- ARGV  1 end: front | back, then ids; the first one is to be popped first
local queue, push = KEYS[1], ARGV[1] == 'front' and 'RPUSH' or 'LPUSH'
local first, last, step = 2, #ARGV, 1
if push == 'RPUSH' then
  first, last, step = last, first, -1
end
local function is_there(id)
  for _, list in ipairs(KEYS) do
    if redis.call('LPOS', list, id) then
      return true
    end
  end
  return false
end
for index = first, last, step do
  if not is_there(ARGV[index]) then
    redis.call(push, queue, ARGV[index])
  end
end
return { 'ok' }
