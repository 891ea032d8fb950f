// DPF's entry points for the format at hand. DPF 1.6 asks the VST3 host to reload its parameters from within setState,
// which deadlocks Ardour 7.3 when it loads a preset: the flag is emptied after the header that declares it.
#if defined(DISTRHO_PLUGIN_TARGET_VST3)
#include "src/travesty/edit_controller.h"
#define V3_RESTART_PARAM_VALUES_CHANGED 0
#endif
#include "DistrhoPluginMain.cpp"
