-- End a job as failed, whoever holds it.
-- ARGV  2 condition: any | unservable (queued, out of attempts or of producers, and all these
--       providers tried),
--       3 sentences by end code as JSON, 4 code of the end; '' for the one that fits the last
--       failure, 5.. providers
-- replies: ok, tier | no | missing
local condition, sentences, code = ARGV[2], cjson.decode(ARGV[3]), ARGV[4]
local job = read('status', 'nextSeq', 'tier', 'failures', 'tried', 'lastFailure', 'losses',
  'silentMs', 'noWorker')
if not job.status then
  return { 'missing' }
end
if job.status == 'done' or job.status == 'failed' then
  return { 'no' }
end
if condition == 'unservable' then
  local has_attempts = is_open_to_workers(job) or #ARGV > 4 and not is_exhausted(job)
  local is_hopeful = job.status ~= 'queued' or has_attempts
  for index = 5, #ARGV do
    is_hopeful = is_hopeful or not has_tried(job, ARGV[index])
  end
  if is_hopeful then
    return { 'no' }
  end
end
if code == '' then
  code = sentences[job.lastFailure or ''] and job.lastFailure or 'exhausted'
end
finish_failed(job, code, sentences[code])
return { 'ok', job.tier }
