#include "tests/bench/networks/export.hpp"

#include <cstdint>
#include <fstream>
#include <stdexcept>
#include <string>
#include <variant>

namespace saltus::bench {

namespace {

template <class Number>
void write(const std::filesystem::path& path, const std::vector<Number>& numbers) {
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(numbers.data()),
               static_cast<std::streamsize>(numbers.size() * sizeof(Number)));
    if (!file.flush()) {
        throw std::runtime_error(path.string() + ": cannot be written");
    }
}

}  // namespace

void export_network(const OwnedNetwork& network, const std::filesystem::path& directory) {
    std::filesystem::create_directories(directory);
    for (std::size_t p = 0; p < network.synapses.size(); ++p) {
        const OwnedSynapses& rows = network.synapses[p];
        const std::string place = std::to_string(p);
        std::vector<std::int32_t> pre;
        std::vector<std::int32_t> post;
        for (std::size_t source = 0; source + 1 < rows.offsets.size(); ++source) {
            for (std::uint64_t s = rows.offsets[source]; s < rows.offsets[source + 1]; ++s) {
                pre.push_back(static_cast<std::int32_t>(source));
                post.push_back(static_cast<std::int32_t>(rows.targets[s]));
            }
        }
        write(directory / ("pre_" + place + ".i32"), pre);
        write(directory / ("post_" + place + ".i32"), post);
        write(directory / ("weight_" + place + ".f32"),
              std::vector<float>{static_cast<float>(rows.weight)});
    }
    for (std::size_t e = 0; e < network.trains.size(); ++e) {
        std::vector<std::int32_t> ticks;
        std::vector<std::int32_t> indices;
        for (const Packet& packet : network.trains[e]) {
            for (const Slot slot : packet.slots) {
                ticks.push_back(static_cast<std::int32_t>(packet.tick));
                indices.push_back(static_cast<std::int32_t>(slot));
            }
        }
        write(directory / ("train_ticks_" + std::to_string(e) + ".i32"), ticks);
        write(directory / ("train_indices_" + std::to_string(e) + ".i32"), indices);
    }
    for (std::size_t p = 0; p < network.spec.populations.size(); ++p) {
        const auto* rule = std::get_if<NeuronSpec>(&network.spec.populations[p].kind);
        if (rule != nullptr && !rule->v_init.is_one()) {
            write(directory / ("v_init_" + std::to_string(p) + ".f64"), rule->v_init.values);
        }
    }
}

}  // namespace saltus::bench
