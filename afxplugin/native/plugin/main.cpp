// DPF's entry points for the format at hand. DPF asks a VST3 host to read its parameters again from within setState, after
// which hosts show the values that a preset brought, and know a change from them. But Ardour 7.3 holds a lock there that it
// then waits for, and needs no request: so only hosts that name themselves, and not as Ardour or its kin, are asked.
#if defined(DISTRHO_PLUGIN_TARGET_VST3)
#include <string>

#include "src/travesty/edit_controller.h"
#include "src/travesty/host.h"

static int reload_flag(v3_component_handler** handler) {
  v3_host_application** host = nullptr;
  if (v3_cpp_obj_query_interface(handler, v3_host_application_iid, &host) != V3_OK || host == nullptr) return 0;
  v3_str_128 name = {};
  const bool named = v3_cpp_obj(host)->get_name(host, name) == V3_OK;
  v3_cpp_obj_unref(host);
  std::string known;
  for (int k = 0; k < 127 && name[k] != 0; ++k) known += static_cast<char>(name[k]);
  for (const char* const locking : {"Ardour", "Mixbus", "LiveTrax"}) {
    if (known.find(locking) != std::string::npos) return 0;
  }
  return named && !known.empty() ? V3_RESTART_PARAM_VALUES_CHANGED : 0;
}
#define V3_RESTART_PARAM_VALUES_CHANGED reload_flag(fComponentHandler)
#endif
#include "DistrhoPluginMain.cpp"
