-- Set when to look at a job, on the store's clock.
-- KEYS  1 deadlines of its shard
-- ARGV  1 member, 2 in how many ms, 3 the score it must still have: '' for whichever or none,
--       any for whichever, none for none
-- replies: ok | no (somebody set another one meanwhile, and knew better)
local deadlines, member, held = KEYS[1], ARGV[1], ARGV[3]
local score = redis.call('ZSCORE', deadlines, member) or 'none'
if held ~= '' and held ~= score and (held ~= 'any' or score == 'none') then
  return { 'no' }
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', deadlines, now + ARGV[2], member)
return { 'ok' }
