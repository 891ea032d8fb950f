-- luasession make_session.lua DIR NAME RATE KIND PLUGIN PRESET CHANNELS TRACKS
-- Makes an Ardour session: TRACKS is "wet" or "wet+dry"; the wet track carries the plugin (KIND vst3 or lv2, by name or
-- URI) with a preset by its label. CHANNELS: inputs of the tracks, 1 or 2.
local dir, name, rate, kind, id, preset, channels, tracks = arg[1], arg[2], tonumber (arg[3]), arg[4], arg[5], arg[6], tonumber (arg[7]), arg[8]

AudioEngine:set_backend ("None (Dummy)", "Unit-Test", "")
AudioEngine:set_sample_rate (rate)
AudioEngine:set_buffer_size (1024)
local session = assert (create_session (dir, name, rate))

local function new_track (label)
	local made = session:new_audio_track (channels, 2, nil, 1, label, ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, true)
	return made:front ()
end

local wet = new_track ("Wet")
if tracks == "wet+dry" then new_track ("Dry") end
local kinds = { vst3 = ARDOUR.PluginType.VST3, lv2 = ARDOUR.PluginType.LV2 }
local plugin = ARDOUR.LuaAPI.new_plugin (session, id, kinds[kind], preset)
assert (not plugin:isnil (), "the plugin is not found")
assert (wet:add_processor_by_index (plugin, 0, nil, true) == 0, "the plugin cannot be added")
print ("latency_frames", plugin:to_insert ():signal_latency ())
session:save_state ("")
close_session ()
quit ()
