-- End a job as failed, whoever holds it.
-- ARGV  2 condition: any | unservable (queued, and only providers could have taken it),
--       3 sentences by end code as JSON, 4 end code; '' for the one that fits the last failure
-- replies: ok, tier | no | missing
local condition, sentences, code = ARGV[2], cjson.decode(ARGV[3]), ARGV[4]
local job = read('status', 'nextSeq', 'tier', 'failures', 'noWorker', 'graceUntil',
  'lastFailure')
if not job.status then
  return { 'missing' }
end
if job.status == 'done' or job.status == 'failed' then
  return { 'no' }
end
if condition == 'unservable' then
  -- A provider's turn that is yet to come, after a pause, is somebody who can serve.
  local is_hopeful = job.status ~= 'queued' or is_open_to_workers(job)
    or not is_open_to_providers(job, now_ms())
  if is_hopeful then
    return { 'no' }
  end
end
if code == '' then
  code = sentences[job.lastFailure or ''] and job.lastFailure
    or (is_exhausted(job) and 'exhausted' or 'no_producer')
end
finish_failed(job, code, sentences[code])
return { 'ok', job.tier }
