-- Take the members that are due. Each stays, a little later: a process that dies with it in hand
-- loses nothing, and two sweepers seldom look at the same one.
-- KEYS  1 deadlines of a shard
-- ARGV  1 at most how many of each kind, 2 how long to hold them, in ms, 3 how far ahead a deadline
--       can be set, in ms: one that lies beyond is due, too, for the clock stepped back
-- replies: the score that they hold now, then the members
local deadlines = KEYS[1]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local held = now + ARGV[2]
local members = redis.call('ZRANGEBYSCORE', deadlines, '-inf', now, 'LIMIT', 0, ARGV[1])
local far = string.format('(%.0f', now + ARGV[3])
local beyond = redis.call('ZRANGEBYSCORE', deadlines, far, '+inf', 'LIMIT', 0, ARGV[1])
for _, member in ipairs(beyond) do
  members[#members + 1] = member
end
for _, member in ipairs(members) do
  redis.call('ZADD', deadlines, held, member)
end
return { string.format('%.0f', held), unpack(members) }
