#include "tests/bench/workloads/large_network.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

#include <fmt/format.h>

namespace saltus::bench {

namespace {

constexpr double k_mean_weight = 32;  // of -63 to 127
constexpr double k_gain = 0.9;        // of a recurrent network: rates are its input's times ten

std::uint64_t mixed(std::uint64_t z) {  // SplitMix64's output (Steele, Lea, Flood, 2014)
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

// The scale with which `inputs` synapses of mean weight take on `gain` times their rate.
float scale_for(double inputs, double gain) {
    return static_cast<float>(gain / (inputs * k_mean_weight));
}

}  // namespace

void LargeNetwork::Free::operator()(std::byte* bytes) const {
    std::free(bytes);
}

std::uint64_t LargeNetwork::word() {
    random_ += 0x9e3779b97f4a7c15U;
    return mixed(random_);
}

std::span<std::byte> LargeNetwork::random_weights(std::uint64_t count) {
    const std::uint64_t bytes = row_pitch(count, 1);
    auto* const memory = static_cast<std::byte*>(std::aligned_alloc(64, bytes));
    if (memory == nullptr) {
        throw std::bad_alloc();
    }
    tensors_.emplace_back(memory);
    for (std::uint64_t k = 0; k < bytes; k += 8) {
        const std::uint64_t random = word();
        std::int8_t eight[8];
        for (std::uint32_t b = 0; b < 8; ++b) {
            const auto byte = static_cast<std::uint32_t>(random >> (8 * b) & 0xFF);
            eight[b] = static_cast<std::int8_t>(static_cast<int>(byte * 191 >> 8) - 63);
        }
        std::memcpy(memory + k, eight, 8);
    }
    return {memory, bytes};
}

Weights LargeNetwork::weights_of(std::span<const std::byte> bytes) {
    Weights weights;
    weights.type = WeightType::int8;
    weights.layout = WeightLayout::rows_by_source;
    weights.data = bytes;
    weights.count = bytes.size();
    weights.scales = {&scale_, 1};
    return weights;
}

PopulationId LargeNetwork::add_neurons(const std::string& name, std::uint32_t neurons) {
    std::vector<double> v_init;
    for (std::uint32_t j = 0; j < neurons; ++j) {
        v_init.push_back(static_cast<double>(word() % 1024) / 1024);
    }
    NeuronSpec rule;
    rule.v_init = Parameter(std::move(v_init));
    spec_.populations.push_back({name, Shape{neurons}, rule, ""});
    return static_cast<PopulationId>(spec_.populations.size() - 1);
}

PopulationId LargeNetwork::add_input(const std::string& name, std::uint32_t neurons, double rate) {
    const auto threshold = static_cast<std::uint64_t>(rate * 4294967296.0);
    std::vector<Packet>& packets = inputs_.emplace_back();
    for (Tick t = 0; t < spec_.horizon; ++t) {
        Packet packet;
        packet.tick = t;
        for (Slot s = 0; s < neurons; ++s) {
            if ((word() >> 32) < threshold) {
                packet.slots.push_back(s);
            }
        }
        if (!packet.slots.empty()) {
            packets.push_back(std::move(packet));
        }
    }
    spec_.populations.push_back({name, Shape{neurons}, EncoderSpec{}, ""});
    return static_cast<PopulationId>(spec_.populations.size() - 1);
}

void LargeNetwork::add_dense(PopulationId source,
                             PopulationId target,
                             std::uint32_t neurons,
                             Tick delay) {
    const std::uint64_t pitch = row_pitch(neurons, 1);
    const std::span<std::byte> bytes = random_weights(pitch * neurons);
    for (std::uint64_t row = 0; row < neurons; ++row) {  // padding is zero
        std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(row * pitch + neurons),
                  bytes.begin() + static_cast<std::ptrdiff_t>((row + 1) * pitch),
                  std::byte{0});
    }
    ProjectionSpec projection;
    projection.source = source;
    projection.target = target;
    projection.delay = delay;
    projection.connection = Dense{weights_of(bytes)};
    spec_.projections.push_back(std::move(projection));
    synapses_ += std::uint64_t{neurons} * neurons;
}

void LargeNetwork::add_identity(PopulationId source, PopulationId target) {
    ProjectionSpec projection;
    projection.source = source;
    projection.target = target;
    projection.connection = Identity{};
    spec_.projections.push_back(std::move(projection));
}

std::unique_ptr<LargeNetwork> LargeNetwork::feed_forward(const LargeSize& size) {
    std::unique_ptr<LargeNetwork> network(new LargeNetwork(size.horizon));
    network->scale_ = scale_for(size.neurons, 1);
    PopulationId source = network->add_input("input", size.neurons, 0.01);
    for (std::uint32_t layer = 1; layer <= size.blocks; ++layer) {
        const PopulationId target =
            network->add_neurons(fmt::format("layer{}", layer), size.neurons);
        network->add_dense(source, target, size.neurons, 0);
        source = target;
    }
    return network;
}

std::unique_ptr<LargeNetwork> LargeNetwork::recurrent(const LargeSize& size) {
    std::unique_ptr<LargeNetwork> network(new LargeNetwork(size.horizon));
    network->scale_ = scale_for(static_cast<double>(size.neurons) * size.blocks, k_gain);
    for (std::uint32_t b = 0; b < size.blocks; ++b) {
        network->add_neurons(fmt::format("block{}", b), size.neurons);
    }
    for (std::uint32_t b = 0; b < size.blocks; ++b) {
        const PopulationId input =
            network->add_input(fmt::format("input{}", b), size.neurons, 0.001);
        network->add_identity(input, b);
    }
    for (std::uint32_t from = 0; from < size.blocks; ++from) {
        for (std::uint32_t to = 0; to < size.blocks; ++to) {
            network->add_dense(from, to, size.neurons, 1 + (from + to) % size.blocks);
        }
    }
    return network;
}

std::unique_ptr<LargeNetwork> LargeNetwork::sparse(const LargeSize& size) {
    std::unique_ptr<LargeNetwork> network(new LargeNetwork(size.horizon));
    constexpr std::uint32_t stride = 100;  // a row has one target in each run of a hundred
    const std::uint32_t row = size.neurons / stride;
    network->scale_ = scale_for(row, k_gain);
    network->add_neurons("neurons", size.neurons);
    network->add_identity(network->add_input("input", size.neurons, 0.001), 0);

    network->synapses_ = std::uint64_t{size.neurons} * row;
    network->targets_.reserve(network->synapses_);
    network->offsets_.reserve(std::size_t{size.neurons} + 1);
    for (std::uint32_t s = 0; s < size.neurons; ++s) {
        network->offsets_.push_back(network->targets_.size());
        for (std::uint32_t k = 0; k < row; ++k) {
            network->targets_.push_back(k * stride +
                                        static_cast<std::uint32_t>(network->word() % stride));
        }
    }
    network->offsets_.push_back(network->targets_.size());
    Sparse sparse;
    sparse.offsets = network->offsets_;
    sparse.targets = network->targets_;
    sparse.weights =
        network->weights_of(network->random_weights(network->synapses_).first(network->synapses_));
    ProjectionSpec projection;
    projection.delay = 1;
    projection.connection = sparse;
    network->spec_.projections.push_back(std::move(projection));
    network->index_bytes_ = static_cast<double>(network->targets_.size() * sizeof(std::uint32_t) +
                                                network->offsets_.size() * sizeof(std::uint64_t)) /
                            static_cast<double>(network->synapses_);
    return network;
}

int LargeNetwork::weight(ProjectionId projection, Slot source, Slot target) const {
    const ProjectionSpec& spec = spec_.projections[projection];
    if (const auto* dense = std::get_if<Dense>(&spec.connection)) {
        const std::uint64_t pitch = row_pitch(spec_.populations[spec.target].shape.size(), 1);
        return static_cast<std::int8_t>(dense->weights.data[source * pitch + target]);
    }
    const auto& sparse = std::get<Sparse>(spec.connection);
    const auto first = sparse.targets.begin() + static_cast<std::ptrdiff_t>(sparse.offsets[source]);
    const auto last =
        sparse.targets.begin() + static_cast<std::ptrdiff_t>(sparse.offsets[source + 1]);
    const auto found = std::lower_bound(first, last, target);
    return found == last || *found != target
               ? 0
               : static_cast<std::int8_t>(
                     sparse.weights.data[static_cast<std::size_t>(found - sparse.targets.begin())]);
}

}  // namespace saltus::bench
