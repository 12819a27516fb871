-- Take the members that are due. Each stays, a little later: a process that dies with it in hand
-- loses nothing, and two sweepers seldom look at the same one.
-- KEYS  the deadlines of each shard that is looked at
-- ARGV  1 at most how many of each kind and shard, 2 how long to hold them, in ms, 3 how far ahead a deadline
--       can be set, in ms: one that lies beyond is due, too, for the clock stepped back
-- replies: the score that they hold now, then the members
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local held = now + ARGV[2]
local far = string.format('(%.0f', now + ARGV[3])
local taken = { string.format('%.0f', held) }

local function take(deadlines, from, to)
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', deadlines, from, to, 'LIMIT', 0, ARGV[1])) do
    redis.call('ZADD', deadlines, held, member)
    taken[#taken + 1] = member
  end
end

for _, deadlines in ipairs(KEYS) do
  take(deadlines, '-inf', now)
  take(deadlines, far, '+inf')
end
return taken
