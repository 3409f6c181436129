#include "encoders/bernoulli.hpp"

#include "encoders/settings.hpp"

namespace saltus {

BernoulliEncoder::BernoulliEncoder(const BernoulliCoding& coding, const EncoderContext& context)
    : TickwiseEncoder(context, static_cast<std::size_t>(context.shape.size())), c_(coding.c) {
    check_positive(context, "c", c_);
}

bool BernoulliEncoder::prepare(std::span<const float> frame) {
    active_.clear();
    for (Slot slot = 0; slot < order().size(); ++slot) {
        const NeuronIndex index = order().index_of(slot);
        const float p = unit_activation(frame[index], c_);
        if (p > 0.0F) {
            active_.push_back({slot, index, p});
        }
    }
    return !active_.empty();
}

void BernoulliEncoder::send(Tick tick, Packet& out) {
    for (const Active& neuron : active_) {
        if (unit_uniform(draw(neuron.index, tick)[0]) < neuron.p) {
            out.slots.push_back(neuron.slot);
        }
    }
}

}  // namespace saltus
