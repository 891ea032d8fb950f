-- luasession resave_session.lua DIR NAME RATE: opens a session and saves it again, as after a day's work.
local dir, name, rate = arg[1], arg[2], tonumber (arg[3])
AudioEngine:set_backend ("None (Dummy)", "Unit-Test", "")
AudioEngine:set_sample_rate (rate)
AudioEngine:set_buffer_size (1024)
local session = assert (load_session (dir, name))
assert (session:save_state ("") == 0, "the session is not saved")
close_session ()
quit ()
