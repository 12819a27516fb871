-- A job's hash is not there: a mark takes the place of its reminder, in one step, unless somebody
-- set another reminder meanwhile, for then the hash is on its way.
-- KEYS  1 deadlines of its shard
-- ARGV  1 job, 2 its mark, 3 in how many ms to look at the mark, 4 the score the job must still have
-- replies: ok | no
local deadlines = KEYS[1]
if redis.call('ZSCORE', deadlines, ARGV[1]) ~= ARGV[4] then
  return { 'no' }
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', deadlines, now + ARGV[3], ARGV[2])
redis.call('ZREM', deadlines, ARGV[1])
return { 'ok' }
